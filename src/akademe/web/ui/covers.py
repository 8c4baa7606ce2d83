"""Course covers drawn from the title: a quiet geometric pattern, the same for the same title for ever."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from itertools import count

WIDTH, HEIGHT = 320, 180
KEY_LENGTH = 12
HUES = (195, 225, 255, 285, 345, 25, 55, 85, 120, 155)

Bytes = Iterator[int]
Palette = tuple[str, str, str, str]


def cover_key(title: str) -> str:
    """Return the 12 hexadecimal digits a title's cover is drawn from; spaces and case do not matter."""
    folded = " ".join(title.casefold().split())
    return hashlib.sha256(folded.encode()).hexdigest()[:KEY_LENGTH]


def cover_svg(title: str) -> str:
    """Draw the cover of a title as one SVG document without style attributes."""
    return draw_cover(cover_key(title))


def draw_cover(key: str) -> str:
    """Draw the cover that belongs to a key made by `cover_key`."""
    stream = _stream(key)
    palette = _palette(stream)
    shapes = PATTERNS[next(stream) % len(PATTERNS)](stream, palette)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' preserveAspectRatio="xMidYMid slice">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[0]}"/>{shapes}</svg>'
    )


def _stream(key: str) -> Bytes:
    for block in count():
        yield from hashlib.sha256(f"{key}/{block}".encode()).digest()


def _palette(stream: Bytes) -> Palette:
    hue = HUES[next(stream) % len(HUES)]
    other = (hue + (40, 150, 180, 210)[next(stream) % 4]) % 360
    return (
        f"oklch(0.905 0.03 {hue})",
        f"oklch(0.815 0.052 {hue})",
        f"oklch(0.6 0.072 {hue})",
        f"oklch(0.77 0.085 {other})",
    )


def _quarters(stream: Bytes, palette: Palette) -> str:
    """Quarter discs, one to a tile."""
    size, parts = 60, []
    for x in range(0, WIDTH, size):
        for y in range(0, HEIGHT, size):
            turn, tone = next(stream) % 4, next(stream) % 5
            if tone == 4:
                continue
            cx, cy = x + size * (turn in (1, 2)), y + size * (turn in (2, 3))
            ends = ((size, 0, 0, size), (0, size, -size, 0), (-size, 0, 0, -size), (0, -size, size, 0))[turn]
            parts.append(
                f'<path d="M{cx} {cy}L{cx + ends[0]} {cy + ends[1]}A{size} {size} 0 0 1 {cx + ends[2]} {cy + ends[3]}Z"'
                f' fill="{palette[1 + tone % 3]}"/>'
            )
    return "".join(parts)


def _ripples(stream: Bytes, palette: Palette) -> str:
    """Rings around two centres."""
    parts = []
    for tone in (1, 2):
        cx, cy = next(stream) * WIDTH // 255, HEIGHT * (next(stream) % 2)
        step = 14 + next(stream) % 8
        line = step // 2 if tone == 1 else 2
        parts += [
            f'<circle cx="{cx}" cy="{cy}" r="{ring * step}" fill="none" stroke="{palette[tone]}"'
            f' stroke-width="{line}"/>'
            for ring in range(1, 12 if tone == 1 else 7)
        ]
        if tone == 2:
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="{step}" fill="{palette[3]}"/>')
    return "".join(parts)


def _hills(stream: Bytes, palette: Palette) -> str:
    """Bands of waves and one disc above them."""
    parts = [
        f'<circle cx="{50 + next(stream) * 220 // 255}" cy="58" r="{22 + next(stream) % 14}" fill="{palette[3]}"/>'
    ]
    for band, tone in enumerate((1, 2, 1, 2)):
        base, swell = 84 + band * 28, 8 + next(stream) % 12
        phase, length = next(stream) / 40, 60 + next(stream) % 60
        points = [
            f"{x} {base + swell * math.sin(x / length * math.tau / 2 + phase):.1f}" for x in range(0, WIDTH + 1, 10)
        ]
        opacity = (1, 0.55, 0.9, 1)[band]
        parts.append(
            f'<path d="M0 {HEIGHT}L{"L".join(points)}L{WIDTH} {HEIGHT}Z" fill="{palette[tone]}"'
            f' fill-opacity="{opacity}"/>'
        )
    return "".join(parts)


def _bars(stream: Bytes, palette: Palette) -> str:
    """Leaning bars of different widths."""
    parts, x = [], -60
    lean = (-40, -25, 25, 40)[next(stream) % 4]
    while x < WIDTH + 60:
        width, tone = 8 + next(stream) % 26, next(stream) % 6
        if tone < 4:
            colour = palette[(1, 1, 2, 3)[tone]]
            parts.append(
                f'<path d="M{x} {HEIGHT}L{x + width} {HEIGHT}L{x + width + lean} 0L{x + lean} 0Z" fill="{colour}"/>'
            )
        x += width + 4
    return "".join(parts)


def _steps(stream: Bytes, palette: Palette) -> str:
    """A skyline of columns, each with a cap."""
    parts, width = [], 20
    for x in range(0, WIDTH, width):
        height = 30 + next(stream) * 120 // 255
        tone = palette[3] if next(stream) % 7 == 0 else palette[2]
        parts.append(f'<rect x="{x}" y="{HEIGHT - height}" width="{width - 2}" height="{height}" fill="{palette[1]}"/>')
        parts.append(
            f'<rect x="{x}" y="{HEIGHT - height}" width="{width - 2}" height="{6 + next(stream) % 20}" fill="{tone}"/>'
        )
    return "".join(parts)


def _moons(stream: Bytes, palette: Palette) -> str:
    """A grid of discs in different phases."""
    parts, size = [], 45
    for row in range(HEIGHT // size):
        for column in range(WIDTH // size + 1):
            cx, cy, phase = column * size + 20, row * size + size // 2, next(stream) % 5
            parts.append(f'<circle cx="{cx}" cy="{cy}" r="16" fill="{palette[1]}"/>')
            if phase < 4:
                sweep, bulge = phase % 2, (16, 7)[phase // 2]
                tone = palette[3] if next(stream) % 6 == 0 else palette[2]
                parts.append(
                    f'<path d="M{cx} {cy - 16}A16 16 0 0 {sweep} {cx} {cy + 16}'
                    f'A{bulge} 16 0 0 {1 - sweep} {cx} {cy - 16}Z" fill="{tone}"/>'
                )
    return "".join(parts)


def _leaves(stream: Bytes, palette: Palette) -> str:
    """Pointed leaves on a lattice, turned one way or the other."""
    parts, size = [], 40
    for row in range(HEIGHT // size + 1):
        for column in range(WIDTH // size):
            x, y, turn = column * size, row * size - 10, next(stream) % 3
            if turn == 2:
                parts.append(f'<circle cx="{x + 20}" cy="{y + 20}" r="5" fill="{palette[3]}"/>')
                continue
            a, b = ((x, y), (x + size, y + size)) if turn else ((x + size, y), (x, y + size))
            parts.append(
                f'<path d="M{a[0]} {a[1]}A{size} {size} 0 0 1 {b[0]} {b[1]}A{size} {size} 0 0 1 {a[0]} {a[1]}Z"'
                f' fill="{palette[1 + next(stream) % 2]}"/>'
            )
    return "".join(parts)


def _threads(stream: Bytes, palette: Palette) -> str:
    """Long curves running side by side, and a few stops on them."""
    parts = []
    start, end, bend = 20 + next(stream) % 120, 20 + next(stream) % 120, next(stream) % 160 - 40
    for thread in range(14):
        offset = thread * 9 - 50
        tone = palette[2] if thread % 4 == 1 else palette[1]
        parts.append(
            f'<path d="M-5 {start + offset}C100 {start + offset + bend} 200 {end + offset - bend}'
            f' {WIDTH + 5} {end + offset}" fill="none" stroke="{tone}" stroke-width="{4 if thread % 3 else 2}"/>'
        )
    for _ in range(3):
        x = 30 + next(stream)
        parts.append(
            f'<circle cx="{x}" cy="{40 + next(stream) % 100}" r="{5 + next(stream) % 8}" fill="{palette[3]}"/>'
        )
    return "".join(parts)


PATTERNS: tuple[Callable[[Bytes, Palette], str], ...] = (
    _quarters, _ripples, _hills, _bars, _steps, _moons, _leaves, _threads,
)  # fmt: skip
