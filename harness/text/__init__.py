"""Reading answers: parts of the page, sentences, claims, clinical facts and citations, all with offsets."""
