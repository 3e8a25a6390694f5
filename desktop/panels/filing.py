"""Opening and saving, off the window's thread, with the questions that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop import pixels
from desktop.bridge import Bridge
from desktop.document.document import HOLE, Document
from desktop.dragged import dragged_files, pixels_of
from desktop.settings import Settings
from desktop.web_pictures import fetched, host_of, web_address
from engine.errors import Unusable
from engine.image import RGBA, Bytes, Image, displayed
from engine.operation import Model, Role
from engine.region import Rect
from engine.trained import Trained

PROJECT = ".ora"


class Filing(QObject):
    """Files and the clipboard.

    Signals:
        opened(document, own): a document is there; `own` when it is a file of the person's.
        saved(document): it is on the disk.
        noticed(kind, sentence, detail): something to tell.

    Args:
        bridge: runs the reading and writing.
        settings: keeps the recent files.
        window: parent of the dialogs.
    """

    opened = Signal(object, bool)
    saved = Signal(object)
    noticed = Signal(str, str, str)

    def __init__(self, bridge: Bridge, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._settings, self._window = bridge, settings, window

    # In.

    def ask_open(self) -> None:
        """Lets the person choose pictures."""
        from engine.files import OPENABLE

        kinds = " ".join(f"*{suffix}" for suffix in (*OPENABLE, PROJECT))
        paths, _ = QFileDialog.getOpenFileNames(
            self._window, "Open pictures", self._folder(), f"Pictures ({kinds});;All files (*)"
        )
        self.open_paths(paths)

    def open_paths(self, paths: Iterable[str], own: bool = True) -> None:
        """Opens files one after another; each that cannot be opened gets its sentence."""
        for path in paths:
            self._bridge.aside(
                lambda path=path: _opened(Path(path)),  # type: ignore[misc]
                lambda document, path=path: self._is_open(document, path, own),  # type: ignore[misc]
                lambda problem, path=path: self._failed(problem, path),  # type: ignore[misc]
            )

    def paste(self) -> None:
        """What is on the clipboard becomes a new picture."""
        data = QGuiApplication.clipboard().mimeData()
        if not self.take(data, "Pasted picture"):
            self.noticed.emit("info", "There is no picture on the clipboard.", "")

    def take(self, data: QMimeData | None, name: str) -> bool:
        """Opens what was dropped or pasted. False when there is nothing to open."""
        if data is None:
            return False
        paths = dragged_files(data)
        if paths:
            self.open_paths(paths)
            return True
        address = web_address(data)
        image = pixels_of(data)
        if image is None and address:
            self.take_address(address)
        elif data.hasImage():
            self.take_image(image, name)
        return data.hasImage() or bool(address)

    def take_image(self, image: QImage | None, name: str = "Dropped picture") -> None:
        """A picture from another program becomes a document."""
        if image is None or image.isNull():
            self.noticed.emit("error", "That picture is in a form that cannot be read.", "")
            return
        document = Document(taken(image, name), title=name)
        document.touch()
        self.opened.emit(document, False)

    def take_address(self, address: str) -> None:
        """A picture that lies somewhere in the network becomes a document."""
        self.noticed.emit("info", f"Fetching a picture from {host_of(address)}…", "")

        def there(picture: Image) -> None:
            document = Document(picture, title=picture.name)
            document.touch()
            self.opened.emit(document, False)
            self.noticed.emit("good", f"Fetched {picture.name} from {host_of(address)}.", "")

        self._bridge.aside(lambda: fetched(address), there, self.failed)

    def copy(self, document: Document) -> str:
        """Puts what the mask covers on the clipboard, else the picked sample, else the whole picture; says which."""
        painted = document.hole.bounds
        if not painted.empty:
            rect, what = painted, "what the mask covers"
        elif isinstance(document.sample, Rect):
            rect, what = document.sample, "the sample"
        else:
            rect, what = document.rect, "the picture"
        shown = np.array(displayed(document.picture.decoded(rect)))
        if not painted.empty:
            shown[..., 3] = np.rint(shown[..., 3] * (document.hole.crop(rect) / np.float32(255)))
        channels = 4 if (shown[..., 3] < 255).any() else 3
        QGuiApplication.clipboard().setImage(pixels.to_qimage(shown[..., :channels]))
        return f"Copied {what}, {rect.w} × {rect.h} px"

    def load_mask(self, document: Document) -> None:
        """Lets the person choose a gray picture as the mask."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Load a mask", self._folder())
        if path:
            self._bridge.aside(
                lambda: _mask(Path(path), document), lambda values: _put_mask(document, values), self.failed
            )

    def give(self, document: Document, name: str, role: Role, paths: Sequence[str]) -> None:
        """What is in files for a role of an operation: beside what it has where it takes several, else instead."""
        several = role.several
        if not paths:
            with document.edit("Take pictures away") as edit:
                edit.give(name, ())
            return

        def put(chosen: tuple[Image | Trained, ...]) -> None:
            before = document.given.get(name, ()) if several else ()
            with document.edit("Choose what was learnt" if isinstance(role, Model) else "Choose a picture") as edit:
                edit.give(name, (*before, *chosen) if several else chosen[:1])

        self._bridge.aside(
            lambda: _learnt_in(role, paths) if isinstance(role, Model) else pictures_in(paths), put, self.failed
        )

    def pick(self, document: Document, path: str) -> None:
        """The picture in a file becomes the sample of the next synthesis."""

        def put(pictures: tuple[Image, ...]) -> None:
            with document.edit("Pick sample") as edit:
                edit.pick(pictures[0])

        self._bridge.aside(lambda: pictures_in([path]), put, self.failed)

    # Out.

    def save(self, document: Document, then: Callable[[], object] | None = None) -> None:
        """To its own file, or where the person says when it has none that can be written."""
        from engine.files import SAVEABLE

        if document.path is None or document.path.suffix.lower() not in (*SAVEABLE, PROJECT):
            self.ask_save(document, then)
        else:
            self.save_to(document, document.path, then)

    def ask_save(self, document: Document, then: Callable[[], object] | None = None) -> bool:
        """Asks where. False when the person thinks better of it."""
        from engine.files import SAVEABLE

        name = document.path.name if document.path else f"{Path(document.title).stem}.png"
        if document.path is not None and document.path.suffix.lower() not in SAVEABLE:
            name = f"{document.path.stem}.png"
        start = str((document.path.parent if document.path else Path(self._folder())) / name)
        kinds = ";;".join(
            [f"Pictures ({' '.join(f'*{suffix}' for suffix in SAVEABLE)})", f"Scumble project (*{PROJECT})"]
        )
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save as", start, kinds)
        if not chosen:
            return False
        path = Path(chosen)
        self.save_to(document, path if path.suffix else path.with_suffix(".png"), then)
        return True

    def save_to(self, document: Document, path: Path, then: Callable[[], object] | None = None) -> None:
        """Writes the document as it is now; a file of that name survives every failure.

        Args:
            document: what to write.
            path: where; the suffix says how.
            then: done in this thread once it is on the disk.
        """
        state, step = document.snapshot(), document.history.undoable

        def write() -> tuple[str, ...]:
            from engine import files

            if path.suffix.lower() == PROJECT:
                from desktop.document import project_file

                project_file.save(state, path)
                return ()
            recipe = state.recipes[-1][1] if state.recipes else None
            return files.save_picture(state.picture, path, recipe=recipe)

        def done(lost: tuple[str, ...]) -> None:
            document.saved(path)
            if document.history.undoable is not step:
                document.touch()
            self._used(path)
            if lost:
                self.noticed.emit("info", f"Saved {path.name}. {'; '.join(lost)}.", "")
            self.saved.emit(document)
            if then is not None:
                then()

        self._bridge.aside(write, done, self.failed)

    def save_mask(self, document: Document) -> None:
        """Lets the person choose where the mask goes, as a gray picture."""
        path, _ = QFileDialog.getSaveFileName(self._window, "Save the mask", self._folder("mask.png"), "PNG (*.png)")
        if not path:
            return
        place = Path(path) if Path(path).suffix else Path(path).with_suffix(".png")
        mask = document.masks[HOLE].copy()

        def write() -> tuple[str, ...]:
            from engine import files

            return files.save_picture(Image(mask.array()[..., None]), place)

        self._bridge.aside(write, lambda _: self.noticed.emit("good", f"Saved {place.name}.", ""), self.failed)

    # Within.

    def _folder(self, name: str = "") -> str:
        folder = Path(self._settings.get("folder", "") or Path.home())
        return str(folder / name if folder.is_dir() else Path.home() / name)

    def _is_open(self, document: Document, path: str, own: bool) -> None:
        if own:
            self._used(Path(path))
        self.opened.emit(document, own)
        notes = document.picture.notes
        if notes:
            self.noticed.emit("info", f"{Path(path).name}: {'; '.join(notes)}.", "")

    def _used(self, path: Path) -> None:
        """Remembers a file, on the disk at once: it is after a crash that one wants to know what was open."""
        self._settings.used(str(path))
        self._settings.set("folder", str(path.parent))
        self._settings.save()

    def _failed(self, problem: Exception, path: str) -> None:
        self._settings.forgotten(path)
        self.failed(problem)

    def failed(self, problem: Exception) -> None:
        """Tells why something with files could not be done."""
        if isinstance(problem, Unusable):
            self.noticed.emit("error", str(problem), "")
        else:
            import traceback

            detail = "".join(traceback.format_exception(problem))
            self.noticed.emit("error", "That could not be done because of a fault in Scumble.", detail)


def _opened(path: Path) -> Document:
    from engine import files

    if path.suffix.lower() == PROJECT:
        from desktop.document import project_file

        return project_file.load(path)
    return Document(files.open_picture(path), path)


def _mask(path: Path, document: Document) -> Bytes:
    from engine import files

    return (files.open_mask(path, document.size) * 255 + 0.5).astype(np.uint8)


def _put_mask(document: Document, mask: Bytes) -> None:
    if Rect.of(mask) == document.rect and not document.editing:
        with document.edit("Load mask") as edit:
            edit.put(document.hole, document.rect, mask)


def pictures_in(paths: Sequence[str]) -> tuple[Image, ...]:
    """The pictures in files, each named by its whole path, so that a recipe finds it again."""
    from engine.files import open_picture

    return tuple(replace(open_picture(path), name=path) for path in paths)


def _learnt_in(role: Model, paths: Sequence[str]) -> tuple[Trained, ...]:
    return tuple(replace(role.opened(Path(path)), name=path) for path in paths)


def taken(image: QImage, name: str) -> Image:
    """A picture from another program; alpha that hides nothing is left out."""
    colours = pixels.from_qimage(image)
    if colours.shape[2] == RGBA and (colours[..., 3] == 255).all():
        colours = colours[..., :3]
    return Image(colours, name=name)
