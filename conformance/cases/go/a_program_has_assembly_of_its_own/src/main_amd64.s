this is for another machine
