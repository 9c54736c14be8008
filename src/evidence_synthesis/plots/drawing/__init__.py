"""How figures are drawn: canvas, axis, fonts, SVG, rendering."""
