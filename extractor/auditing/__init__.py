"""The audit for people: reports as a page or a workbook, with their tables laid out like the official form."""
