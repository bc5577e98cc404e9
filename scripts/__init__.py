"""The commands of this project; the Makefile names them."""
