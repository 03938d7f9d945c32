"""Cuts from the manifests of Slicer 5.12 what the host imitates: `python cut_manifests.py FOLDER`.

FOLDER holds qt-5.15.json and slicer-ctk-widgets-5.12.json. A class that is not in the lists below cannot be used in the
host; add its name, run this again, and where it is no Qt class write its stand-in in `standins/`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

QT = """
Qt QAbstractButton QAbstractItemModel QAbstractItemView QAbstractScrollArea QAction QActionGroup QApplication QBrush
QButtonGroup QCheckBox QClipboard QColor QComboBox QCompleter QCoreApplication QCursor QDate QDateTime QDesktopServices
QDialog QDialogButtonBox QDir QDoubleSpinBox QDragEnterEvent QDragMoveEvent QDropEvent QEvent QFile QFileDialog QFileInfo QFont QFontMetrics QFontMetricsF
QFormLayout QFrame QGridLayout QGroupBox QGuiApplication QHBoxLayout QHeaderView QIcon QImage QInputDialog QKeyEvent
QKeySequence QLabel QLayout QLayoutItem QLine QLineEdit QLineF QLocale QMenu QMessageBox QMimeData QMouseEvent QObject
QPaintEvent QPainter QPainterPath QPalette QPen QPixmap QPoint QPointF QPolygon QPolygonF QProgressBar QPushButton
QRadioButton QRect QRectF QRegion QResizeEvent QScrollArea QScrollBar QSettings QShortcut QSize QSizeF QSizePolicy
QSlider QSpacerItem QSpinBox QSplitter QStackedWidget QStandardPaths QStringListModel QStyle QTabBar QTabWidget
QTableView QTableWidget QTableWidgetItem QTextBrowser QTextDocument QTextEdit QPlainTextEdit QTextOption QTime QTimer
QToolButton QToolTip QTransform QTreeWidget QTreeWidgetItem QUiLoader QUrl QVBoxLayout QWidget QWidgetItem
""".split()  # noqa: SIM905
WIDGETS = """
ctkCollapsibleButton ctkCollapsibleGroupBox ctkDICOMDatabase ctkDirectoryButton ctkDoubleSlider ctkDoubleSpinBox ctkFittedTextBrowser
ctkPathLineEdit ctkSearchBox ctkSliderWidget
qMRMLNodeComboBox qMRMLPlotView qMRMLPlotWidget qMRMLSegmentEditorWidget qMRMLSegmentSelectorWidget qMRMLSegmentsTableView qMRMLSliceView
qMRMLSliceWidget qMRMLSortFilterProxyModel qMRMLWidget
qSlicerApplication qSlicerLayoutManager qSlicerModuleManager qSlicerScriptedLoadableModule qSlicerScriptedLoadableModuleWidget
qSlicerSegmentEditorScriptedEffect qSlicerWidget
""".split()  # noqa: SIM905


# PythonQt's wrappers do not name the base of a class that is no QObject, and VTK's own widget is in no manifest.
VALUE_BASES = {
    "ctkVTKChartView": ["QWidget"],
    "QWidgetItem": ["QLayoutItem"],
    "QSpacerItem": ["QLayoutItem"],
    "QDropEvent": ["QEvent"],
    "QDragMoveEvent": ["QDropEvent"],
    "QDragEnterEvent": ["QDragMoveEvent"],
    "QKeyEvent": ["QEvent"],
    "QMouseEvent": ["QEvent"],
    "QPaintEvent": ["QEvent"],
    "QResizeEvent": ["QEvent"],
}


def cut(full: dict, names: list[str], elsewhere: dict) -> dict:
    """The named classes and their bases, with names only where names are all that is needed."""
    kept: dict = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in kept:
            continue
        if name not in full:
            if name in names and name not in elsewhere:
                sys.exit(f"{name} is in no manifest")
            continue
        kept[name] = shortened(full[name])
        kept[name]["bases"] += VALUE_BASES.get(name, [])
        waiting += kept[name]["bases"]
    return kept


def shortened(facts: dict) -> dict:
    decorated = facts.get("python_decorators") or {}
    methods = {each["name"] for kind in ("slots", "invokables") for each in facts[kind]}
    methods |= set(facts.get("pythonqt_methods", [])) | {each["name"] for each in decorated.get("methods", [])}
    statics = set(facts.get("pythonqt_static", [])) | {each["name"] for each in decorated.get("static", [])}
    return {
        "bases": [base for base in facts["bases"] if base[0] == "Q" or base.startswith(("ctk", "qMRML", "qSlicer"))],
        "properties": {each["name"]: [each["read"], each["write"]] for each in facts["properties"]},
        "signals": [f"{each['name']}({','.join(each['args'])})" for each in facts["signals"]],
        "methods": sorted(methods),
        "statics": sorted(statics),
        "enums": facts["enums"],
        "new": bool(facts.get("pythonqt_new") or facts.get("constructible_with_parent") or decorated.get("new")),
    }


def write(path: Path, classes: dict) -> None:
    lines = (f"{json.dumps(name)}: {json.dumps(classes[name], separators=(',', ':'))}" for name in sorted(classes))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main(source: Path) -> None:
    target = Path(__file__).parent / "manifests"
    qt = json.loads((source / "qt-5.15.json").read_text())
    widgets = json.loads((source / "slicer-ctk-widgets-5.12.json").read_text())
    slicer = cut(widgets, WIDGETS, qt)
    bases = [base for facts in slicer.values() for base in facts["bases"] if base in qt]
    write(target / "qt.json", cut(qt, QT + bases, widgets))
    write(target / "widgets.json", slicer)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
