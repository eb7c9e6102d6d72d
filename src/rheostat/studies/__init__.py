"""Studies: what users ask; each takes draws and returns frozen results."""
