"""The model of paying, and the program that has spin check it."""
