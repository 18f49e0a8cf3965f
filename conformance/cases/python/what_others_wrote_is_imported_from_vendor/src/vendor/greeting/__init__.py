from .words import word
