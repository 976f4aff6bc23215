"""Reports as scans: pages of a PDF as pictures, a little crooked, noisy and compressed."""

import io

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

_CROOKED = 0.7  # degrees
_NOISE = 3.0  # standard deviation, of 255
_BLUR = 0.8  # pixels
_QUALITY = 70  # of JPEG
_POINTS = 72.0  # an inch


def scanned(data: bytes, dpi: int, seed: int) -> list[Image.Image]:
    """The pages of a PDF as a scanner gives them."""
    random = np.random.default_rng(seed)
    document = pypdfium2.PdfDocument(data)
    pages = []
    for page in document:
        clean = page.render(scale=dpi / _POINTS).to_pil().convert("L")
        turned = clean.rotate(_CROOKED, Image.Resampling.BICUBIC, fillcolor=255)
        pixels = np.asarray(turned, dtype=np.float32) + random.normal(0, _NOISE, turned.size[::-1])
        noisy = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        pages.append(noisy.filter(ImageFilter.GaussianBlur(_BLUR)))
    document.close()
    return pages


def jpeg(page: Image.Image, dpi: int) -> bytes:
    """One page as JPEG."""
    out = io.BytesIO()
    page.save(out, "JPEG", quality=_QUALITY, dpi=(dpi, dpi))
    return out.getvalue()


def _compressed(pages: list[Image.Image], dpi: int) -> list[Image.Image]:
    return [Image.open(io.BytesIO(jpeg(page, dpi))) for page in pages]


def image_pdf(pages: list[Image.Image], dpi: int) -> bytes:
    """A PDF that has a picture on each page and no text."""
    out = io.BytesIO()
    first, *rest = _compressed(pages, dpi)
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=dpi, quality=_QUALITY)
    return out.getvalue()


def tiff(pages: list[Image.Image], dpi: int) -> bytes:
    """A TIFF with a picture for each page."""
    out = io.BytesIO()
    first, *rest = pages
    first.save(out, "TIFF", save_all=True, append_images=rest, compression="jpeg", quality=_QUALITY, dpi=(dpi, dpi))
    return out.getvalue()


def long_jpeg(pages: list[Image.Image], dpi: int) -> bytes:
    """All pages below each other in one JPEG, as sites publish them."""
    whole = Image.new("L", (max(page.width for page in pages), sum(page.height for page in pages)), 255)
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return jpeg(whole, dpi)
