/// Ends the program with a sentence that says what is wrong with an argument, in optimised builds too, which drop the text of a
/// `precondition`. Formulas know no tensors, and so nothing of `catching`.
func refuse(_ sentence: String) -> Never { fatalError(sentence) }
