"""一案一档: the file of a case, its pages, its words, its verification."""
