module plan

go 1.27
