module trellis.dev/reserves

go 1.19
