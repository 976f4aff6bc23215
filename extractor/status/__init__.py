"""What is in a store: who has filed and who has not, what failed, what people must look at, what another model read otherwise."""

from extractor.status.counts import Status
from extractor.status.filing import Filing
from extractor.status.look import Asked, look

__all__ = ["Asked", "Filing", "Status", "look"]
