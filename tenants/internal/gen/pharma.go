package main

func pharma(src, dst dir) error { return nil }
