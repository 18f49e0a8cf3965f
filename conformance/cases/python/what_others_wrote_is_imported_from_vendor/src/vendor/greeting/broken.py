this is not ( Python
