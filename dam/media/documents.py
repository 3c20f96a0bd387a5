"""What the design team keeps beside its photos: PDF, Illustrator's files that are PDF too, InDesign's.

pypdfium2 draws a PDF's first page and runs no script of it. InDesign's pages are never drawn: the preview it
saved is shown, where it saved one.
"""

from __future__ import annotations

import base64
import io
import os
import re
from typing import Any, BinaryIO

from dam.media.image import open_picture
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.reasons import Reason, Unreadable

POINTS = 72.0  # an inch has so many
SHOWN_AT = 150.0  # dots an inch: what a page's size in pixels is told at
LARGEST = 4096  # pixels of the longest side, of posters
DRAWN = 2048
TAIL = 32 * 1024 * 1024  # InDesign's XMP packet stands near the end
PAGE_IMAGE = re.compile(rb"<xmpGImg:image>([A-Za-z0-9+/=\s&#;xA]+?)</xmpGImg:image>")


def open_pdf(file: BinaryIO, limits: Limits) -> Opened:
    """The first page, on white. Raises Unreadable: NOT_RENDERED for one that asks for a password."""
    import pypdfium2

    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        said = str(error)
        if "password" in said.lower() or "security" in said.lower():
            raise Unreadable(Reason.NOT_RENDERED, "application/pdf") from error
        raise Unreadable(Reason.DECODER_FAILED, said[:300]) from error
    try:
        if len(document) < 1:
            raise Unreadable(Reason.NO_PICTURE, "a PDF without pages")
        page = document[0]
        size = _pixels(page.get_size())
        scale = min(DRAWN / max(size), 1.0) * max(size) / max(page.get_size()) - 1e-6  # PDFium rounds up
        picture = page.render(scale=scale, draw_annots=True, may_draw_forms=False).to_pil()
        said = {"pages": len(document), "document": _told(document)}
    except pypdfium2.PdfiumError as error:
        raise Unreadable(Reason.DECODER_FAILED, str(error)[:300]) from error
    return Opened(picture.convert("RGB"), size=size, how="first page, by PDFium", raw=said)


def _pixels(points: tuple[float, float]) -> tuple[int, int]:
    scale = min(SHOWN_AT / POINTS, LARGEST / max(*points, 1.0))
    return max(1, round(points[0] * scale)), max(1, round(points[1] * scale))


def _told(document: Any) -> dict[str, str]:
    return {name: value[:400] for name, value in document.get_metadata_dict(skip_empty=True).items()}


def open_indesign(file: BinaryIO, limits: Limits) -> Opened:
    """The preview of its first page, out of its XMP packet. Raises Unreadable(NOT_RENDERED) without one."""
    length = os.fstat(file.fileno()).st_size
    file.seek(max(0, length - TAIL))
    for found in PAGE_IMAGE.finditer(file.read(TAIL)):
        text = re.sub(rb"&#x[aAdD];|\s", b"", found[1])
        try:
            picture = open_picture(io.BytesIO(base64.b64decode(text)), "JPEG", limits.photo_pixels)
            picture.load()
        except (OSError, ValueError):
            continue
        return Opened(picture, size=picture.size, how=f"embedded preview, {picture.width}×{picture.height}")
    raise Unreadable(Reason.NOT_RENDERED, "application/x-indesign")
