"""The steps of reading a customer list: open the file, find the list on its sheet, understand its headings, read its cells, report."""
