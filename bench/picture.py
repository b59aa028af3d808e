"""Draws the results as an SVG: left the figures that have an aim, right the peers. Standard library only."""

from xml.sax.saxutils import escape

from report import machine_line, number

WIDTH = 1000
LINE = 34
LEFT = 40
LABEL = 300  # where bars begin
BAR = 340  # length of a bar that stands for the aim, or for the largest of a group
LONGEST = 1.15  # of the aim: what misses it by more is told in words
COLOURS = {
    "soma": "#2563eb",
    "missed": "#c2410c",
    "ai": "#6b7280",
    "strands": "#a8a29e",
    "proxy": "#d6d3d1",
    "aim": "#111827",
}
STYLE = "font-family='system-ui,Segoe UI,Helvetica,Arial,sans-serif'"


class Canvas:
    """Collects shapes from the top down."""

    def __init__(self):
        self.shapes = []
        self.y = 0

    def text(self, x, text, size=14, colour="#111827", weight="normal", anchor="start"):
        self.shapes.append(
            f"<text x='{x:.0f}' y='{self.y:.0f}' font-size='{size}' fill='{colour}' "
            f"font-weight='{weight}' text-anchor='{anchor}' {STYLE}>{escape(text)}</text>"
        )

    def bar(self, length, colour, height=16):
        top = self.y - height + 3
        self.shapes.append(
            f"<rect x='{LABEL}' y='{top:.0f}' width='{max(length, 2):.1f}' height='{height}' "
            f"rx='2' fill='{colour}'/>"
        )

    def aim_mark(self, bottom):
        self.shapes.append(
            f"<line x1='{LABEL + BAR}' x2='{LABEL + BAR}' y1='{self.y:.0f}' y2='{bottom:.0f}' "
            f"stroke='{COLOURS['aim']}' stroke-dasharray='4 3'/>"
        )

    def svg(self):
        height = round(self.y + 20)
        size = f"viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}'"
        head = f"<svg xmlns='http://www.w3.org/2000/svg' {size}>"
        ground = f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>"
        return "\n".join([head, ground, *self.shapes, "</svg>", ""])


def amount(value, unit):
    return f"{number(value)} {unit}".strip()


def draw_aims(canvas, rows):
    """Each figure as a share of its aim: shorter is better, and the dashed line is the aim."""
    canvas.y += 44
    canvas.text(LEFT, "Against the aims", 18, weight="bold")
    canvas.text(LABEL + BAR, "aim", 12, anchor="middle")
    canvas.y += 8
    canvas.aim_mark(canvas.y + LINE * len(rows))
    for one in rows:
        canvas.y += LINE - 6
        share = one["soma"] / one["aim"]
        canvas.text(LEFT, one["what"])
        length = min(share, LONGEST) * BAR
        canvas.bar(length, COLOURS["soma" if one["met"] else "missed"])
        times = "" if one["met"] else f", {share:.1f} times it"
        words = f"{amount(one['soma'], one['unit'])}  (aim {amount(one['aim'], one['unit'])}{times})"
        canvas.text(LABEL + max(length, BAR) + 10, words, 13)
        canvas.y += 6


def draw_disk(canvas, rows):
    """What the durable figures stand on."""
    canvas.y += 12
    for one in rows:
        if one["what"].startswith(("disk:", "journal:", "session of")):
            canvas.y += 22
            canvas.text(LEFT, f"{one['what']}: {amount(one['soma'], one['unit'])}", 13, "#374151")


def draw_peers(canvas, rows, names):
    """Groups of bars, each on its own scale."""
    canvas.y += 52
    title = "Beside the peers, same scripted model and tool (shorter is better)"
    canvas.text(LEFT, title, 18, weight="bold")
    for one in rows:
        canvas.y += 12
        values = {"soma": one["soma"], **one["peers"]}
        most = max(values.values()) or 1
        for number_in_group, (key, value) in enumerate(values.items()):
            canvas.y += 22
            if number_in_group == 0:
                canvas.text(LEFT, one["what"])
            canvas.bar(value / most * BAR, COLOURS[key])
            canvas.text(LABEL + value / most * BAR + 10, f"{amount(value, one['unit'])}  {names[key]}", 13)
    canvas.y += 30
    note = "soma: through HTTP, every turn on disk. Peers: in process, nothing durable."
    canvas.text(LEFT, note, 13, "#374151")


def draw(results):
    canvas = Canvas()
    canvas.y = 40
    canvas.text(LEFT, "soma: what the harness costs", 24, weight="bold")
    canvas.y += 24
    canvas.text(LEFT, machine_line(results["machine"]), 13, "#374151")
    # What must not fall short (all served) is a word, not a length.
    aims = [one for one in results["rows"] if "aim" in one and not one["higherIsBetter"]]
    draw_aims(canvas, aims)
    for one in results["rows"]:
        if "aim" in one and one["higherIsBetter"]:
            canvas.y += LINE - 8
            canvas.text(LEFT, f"{one['what']}: {number(one['soma'])} of {number(one['aim'])}")
    draw_disk(canvas, results["rows"])
    compared = [one for one in results["rows"] if one["peers"]]
    if compared:
        names = {"soma": "soma"}
        for key, peer in results["peers"].items():
            names[key] = f"{peer['name']} {peer['version']}"
        draw_peers(canvas, compared, names)
    return canvas.svg()
