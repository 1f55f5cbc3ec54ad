"""What the stages hand to each other. Frozen, without Django."""

from __future__ import annotations

from dataclasses import dataclass

from articles.pictures.keys import path_of

USUAL_WIDTH = 800  # for browsers that choose none of a srcset themselves


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture in our storage."""

    key: str
    width: int  # pixels, of the widest that is kept
    height: int
    widths: tuple[int, ...]  # narrowest first, at least one

    @property
    def src(self) -> str:
        return path_of(self.key, next((width for width in self.widths if width >= USUAL_WIDTH), self.width))

    @property
    def srcset(self) -> str:
        """Empty where there is nothing to choose from."""
        if len(self.widths) == 1:
            return ""
        return ", ".join(f"{path_of(self.key, width)} {width}w" for width in self.widths)

    @property
    def path(self) -> str:
        """Of the widest."""
        return path_of(self.key, self.width)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that is ours to fetch until the lease ends."""

    picture_id: int
    key: str
    url: str
    attempt_count: int  # without this one


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as we keep it: width -> bytes of a WebP file, narrowest first. Sizes are pixels of the widest."""

    width: int
    height: int
    files: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class NoPicture:
    """The bytes are no picture that we show; reason is one sentence."""

    reason: str
