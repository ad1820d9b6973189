"""A campaign as a picture: when the hub was there, when it died, what was sent and what was acknowledged."""

from html import escape

from tests.crash import history as history_module

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 300, 52, 44, 40
_LINES = (
    ("mail_kept", "mails acknowledged", "#1f5fa8"),
    ("chat_kept", "chat messages acknowledged", "#2c7a3f"),
    ("answer_kept", "answers of employees", "#8a5a00"),
)
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1b1b1b}.up{fill:#e4edf6}.kill{stroke:#b3261e;stroke-width:1}"
    ".axis{stroke:#767676}path{fill:none;stroke-width:2}svg{background:#fff}"
)


def picture(of: history_module.History, title: str) -> str:
    """The campaign as SVG, without anything from elsewhere."""
    end = max((at for at, _, _ in of.events), default=1.0)
    most = max(1, *(of.counts[kind] for kind, _, _ in _LINES))
    right, base = WIDTH - 24, HEIGHT - BOTTOM

    def x(at: float) -> float:
        return round(LEFT + (right - LEFT) * at / end, 1)

    def y(count: float) -> float:
        return round(base - (base - TOP) * count / most, 1)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    parts += [
        f'<rect class="up" x="{x(since)}" y="{TOP}" width="{round(x(until) - x(since), 1)}" height="{base - TOP}"/>'
        for since, until in _up(of, end)
    ]
    parts += [f'<line class="kill" x1="{x(at)}" x2="{x(at)}" y1="{TOP}" y2="{base}"/>' for at in of.kills]
    parts += [f'<path stroke="{colour}" d="{_steps(of, kind, x, y, end)}"/>' for kind, _, colour in _LINES]
    parts += [f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{base}" y2="{base}"/>']
    parts += [f'<text x="{LEFT - 6}" y="{y(n) + 4}" text-anchor="end">{n}</text>' for n in (0, most // 2, most)]
    parts += [
        f'<text x="{x(end * part / 4)}" y="{base + 16}" text-anchor="middle">{end * part / 4:.0f} s</text>'
        for part in range(5)
    ]
    parts.append(f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>')
    parts += _legend(of)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="t d"><title id="t">{escape(title)}</title><desc id="d">{_words(of, end)}</desc>'
        f"<style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _words(of: history_module.History, end: float) -> str:
    """What the picture shows, for who does not see it."""
    counts = ", ".join(f"{of.counts[kind]} {text}" for kind, text, _ in _LINES)
    return (
        f"Over {end:.0f} seconds the hub goes up and down: it was killed {len(of.kills)} times. "
        f"The counts only rise: {counts}."
    )


def _legend(of: history_module.History) -> list[str]:
    entries = [(f"{text}: {of.counts[kind]}", colour) for kind, text, colour in _LINES]
    entries += [(f"killed: {len(of.kills)}", "#b3261e"), ("the hub listens", "#e4edf6")]
    parts: list[str] = []
    at = LEFT
    for text, colour in entries:
        parts.append(
            f'<rect x="{at}" y="26" width="10" height="10" fill="{colour}"/><text x="{at + 14}" y="35">{text}</text>'
        )
        at += 30 + 7 * len(text)
    return parts


def _up(of: history_module.History, end: float) -> list[tuple[float, float]]:
    """When the hub listened."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for at, kind, _ in of.events:
        if kind == "ready":
            since = at
        elif kind == "killed" and since is not None:
            spans.append((since, at))
            since = None
    return [*spans, (since, end)] if since is not None else spans


def _steps(of: history_module.History, kind: str, x, y, end: float) -> str:
    moments = [at for at, each, _ in of.events if each == kind]
    path = [f"M{x(0)} {y(0)}"]
    path += [f"H{x(at)}V{y(count)}" for count, at in enumerate(moments, start=1)]
    return "".join([*path, f"H{x(end)}"])
