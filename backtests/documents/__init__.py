"""Files made of a result: tables, a workbook, a one-page report that opens from disk."""
