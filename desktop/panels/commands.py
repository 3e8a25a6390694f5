"""Everything that can be done by a key or a menu, as data.

Because it is data, every key can be changed, the keys dialog lists itself, and a test can prove that no two commands
fight over one key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One thing that can be done.

    Attributes:
        id: also the name of the window's method, with underscores.
        title: in menus, with & before the letter to press.
        keys: the keys that do it by default; the first is the one that is shown.
        icon: a name from resources/icons, or empty.
        help: the sentence for the status bar.
        checkable: it is on or off.
        held: it lasts as long as the key is held; menus then switch it on and off.
    """

    id: str
    title: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    help: str = ""
    checkable: bool = False
    held: bool = False

    @property
    def plain(self) -> str:
        return self.title.replace("&", "").rstrip("…")


SEPARATOR = ""
RECENT = "recent"
OVERLAY_SOURCE = "Colour each pixel by the place that it was copied from"
OVERLAY_CONFIDENCE = "Show where pieces do not fit well"
OVERLAY_USE = "Show which places were copied often"
TILE_MODE = "Show the picture 3 × 3; strokes that leave on one side come in on the other"
TILE_HALF = "Shift the tile by half, so that its seams cross in the middle"

COMMANDS: tuple[Command, ...] = (
    Command("open", "&Open…", ("Ctrl+O",), "open", "Open pictures, each in a tab of its own"),
    Command("save", "&Save", ("Ctrl+S",), "save", "Save at the depth and with the profile that the file had"),
    Command("save_as", "Save &as…", ("Ctrl+Shift+S",), "save-as", "Save under another name or as another type"),
    Command("close_tab", "&Close picture", ("Ctrl+W",), "close", "Close this picture"),
    Command("start_page", "Start &page", ("Ctrl+Home",), "home", "Sample pictures and things to try"),
    Command("quit", "&Quit", ("Ctrl+Q",), "", "Leave Scumble"),
    Command("undo", "&Undo", ("Ctrl+Z",), "undo", "Take the last step back"),
    Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", "Do the step again that was taken back"),
    Command(
        "copy",
        "&Copy",
        ("Ctrl+C",),
        "copy",
        "Copy what the mask covers, else the picked sample, else the whole picture",
    ),
    Command("paste", "&Paste as new picture", ("Ctrl+V", "Ctrl+Shift+V"), "paste", "Open the copied picture in a tab"),
    Command("edit_networks", "&Networks…", (), "device", "Weights of your own for the networks"),
    Command("edit_keys", "&Keys…", ("F1",), "keys", "See every key, and change it"),
    Command("mask_clear", "&Clear the mask", ("Ctrl+D",), "mask-clear", "Nothing is masked any more"),
    Command("mask_all", "Mask &everything", ("Ctrl+A",), "mask", "The mask covers the whole picture"),
    Command("mask_invert", "&Invert the mask", ("Ctrl+Shift+I",), "mask-invert", "Masked becomes free, free masked"),
    Command("mask_show", "&Show the masks", ("Q",), "mask", "The red and the green overlay", checkable=True),
    Command("mask_blue", "Mask in &blue", ("Alt+Q",), "mask", "For pictures on which red is not seen", checkable=True),
    Command("mask_load", "&Load a mask…", (), "open", "A gray picture of the same size: white is inside"),
    Command("mask_save", "Sa&ve the mask…", (), "save", "As a gray picture: white is inside"),
    Command("source_clear", "Sample from any&where", ("Ctrl+Shift+D",), "source-brush", "Clear the sample-from mask"),
    Command("sample_clear", "&Forget the picked sample", (), "sample", "The whole picture is the sample again"),
    Command("labels_show", "Show the la&bels", ("Shift+N",), "numbers", "The label map over it", checkable=True),
    *(Command(f"label_{n}", f"Label &{n}", (f"{n}",), "", f"Paint with label {n} from now on") for n in range(1, 10)),
    Command("run", "&Run", ("Ctrl+Return", "Ctrl+Enter"), "run", "Run the operation on this picture"),
    Command("another", "&Another", ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), "another", "The same with the next seed"),
    Command("pause", "&Pause or go on", ("Ctrl+P",), "pause", "Let the job rest, or go on with it"),
    Command("stop", "&Stop", ("Esc",), "stop", "Stop the job; the picture stays as it was"),
    Command("keep", "&Keep what is done", ("Ctrl+K",), "keep", "Stop the job and keep the picture that it has so far"),
    Command("find_operation", "&Find an operation", ("Ctrl+F",), "search", "Type a word to find an operation"),
    Command(
        "compare_methods", "Co&mpare methods…", ("Ctrl+M",), "compare", "Every synthesis on this sample, side by side"
    ),
    Command("operation_page", "A&bout this operation", ("Shift+F1",), "help", "What it does and what its sliders do"),
    Command("compare", "&Compare with the original", ("C",), "compare", "Hold to see the picture as it was", held=True),
    Command("overlay_source", "Where it c&ame from", ("Shift+O",), "origin", OVERLAY_SOURCE, checkable=True),
    Command("overlay_confidence", "How w&ell it fits", (), "confidence", OVERLAY_CONFIDENCE, checkable=True),
    Command("overlay_use", "How often it was &used", (), "use", OVERLAY_USE, checkable=True),
    Command("tile_mode", "&Tile mode", ("Shift+W",), "wrap", TILE_MODE, checkable=True),
    Command("tile_half", "Shift by &half", ("Shift+H",), "half", TILE_HALF, checkable=True),
    Command("show_quality", "&Quality of the result", ("Shift+Q",), "quality", "Measure it, in plain words"),
    Command("zoom_in", "Zoom &in", ("+", "="), "zoom-in", ""),
    Command("zoom_out", "Zoom &out", ("-",), "zoom-out", ""),
    Command("zoom_fit", "&Fit the window", ("Ctrl+0",), "fit", "Show the whole picture"),
    Command("zoom_actual", "&100 %", ("Ctrl+1",), "actual-size", "One picture pixel on one screen pixel"),
    Command("brush_larger", "Lar&ger brush", ("]",), "", "The brush becomes a tenth larger"),
    Command("brush_smaller", "S&maller brush", ("[",), "", "The brush becomes a tenth smaller"),
    Command("next_tab", "&Next picture", ("Ctrl+Tab", "Ctrl+PgDown"), "", ""),
    Command("previous_tab", "&Previous picture", ("Ctrl+Shift+Tab", "Ctrl+PgUp"), "", ""),
    Command("show_panels", "Pane&ls", ("F4",), "panels", "Hide everything but the picture, or show it", checkable=True),
    Command("show_shelf", "S&watch shelf", ("F6",), "swatches", "Textures to drag onto the picture", checkable=True),
    Command("show_styles", "St&yles", ("F7",), "styles", "Styles to paint the picture in", checkable=True),
    Command("show_space", "Te&xture space", ("F8",), "space", "Move between textures on a map, and paint with them"),
    Command("space_swap", "P&oint A or B", ("Shift+A",), "compare", "Switches between two points of the space"),
    Command("space_back", "Point b&efore", ("Alt+Left",), "back", "Back to the point of the space before"),
    Command("space_forward", "Point af&ter", ("Alt+Right",), "forward", "Forward to the point after"),
    Command("make_swatch", "Make a s&watch", ("Ctrl+Shift+K",), "add", "The sample, or what is masked, onto the shelf"),
    Command("full_screen", "Full &screen", ("F11",), "fullscreen", "", checkable=True),
    Command("about", "&About Scumble", (), "info", ""),
)

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("&File", ("open", RECENT, SEPARATOR, "save", "save_as", SEPARATOR, "close_tab", "start_page", SEPARATOR, "quit")),
    ("&Edit", ("undo", "redo", SEPARATOR, "copy", "paste", "make_swatch", SEPARATOR, "edit_networks", "edit_keys")),
    (
        "&Mask",
        (
            "mask_clear",
            "mask_all",
            "mask_invert",
            "mask_show",
            "mask_blue",
            SEPARATOR,
            "mask_load",
            "mask_save",
            SEPARATOR,
            "source_clear",
            "sample_clear",
            SEPARATOR,
            "brush_larger",
            "brush_smaller",
        ),
    ),
    ("&Labels", ("labels_show", SEPARATOR, *(f"label_{n}" for n in range(1, 10)))),
    (
        "&Operation",
        (
            "run",
            "another",
            SEPARATOR,
            "pause",
            "stop",
            "keep",
            SEPARATOR,
            "find_operation",
            "compare_methods",
            "operation_page",
            SEPARATOR,
            "space_swap",
            "space_back",
            "space_forward",
        ),
    ),
    (
        "&View",
        (
            "compare",
            SEPARATOR,
            "overlay_source",
            "overlay_confidence",
            "overlay_use",
            "show_quality",
            SEPARATOR,
            "tile_mode",
            "tile_half",
            SEPARATOR,
            "zoom_in",
            "zoom_out",
            "zoom_fit",
            "zoom_actual",
            SEPARATOR,
            "next_tab",
            "previous_tab",
            SEPARATOR,
            "show_panels",
            "show_shelf",
            "show_styles",
            "show_space",
            "full_screen",
        ),
    ),
    ("&Help", ("operation_page", "edit_keys", "about")),
)


def command(name: str) -> Command:
    """The command with an id. Raises KeyError."""
    return {entry.id: entry for entry in COMMANDS}[name]


def keys_of(entry: Command, changed: Mapping[str, object]) -> tuple[str, ...]:
    """The keys of a command: the person's own where there are some, else the usual ones."""
    mine = changed.get(entry.id)
    if isinstance(mine, list) and all(isinstance(key, str) for key in mine):
        return tuple(mine)
    return entry.keys
