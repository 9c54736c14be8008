"""How trials are entered: a workbook out, a filled one in, what spreadsheets did to files mended."""
