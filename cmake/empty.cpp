// A target needs a source, even where only its flags are wanted.
