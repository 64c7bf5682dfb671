"""Where alerts go: standard output, a file, a program, a receiver over HTTP, syslog."""
