import ChainRuleData

/// That a file has been written.
func writtenText(_ path: String) -> String { spoken("wrote \(path)", "저장: \(path)") }

/// Writes a text file as a whole or not at all.
func writeFile(_ text: String, to path: String) throws {
  try writeAtomically(to: path) { writer in try writer.write(Array(text.utf8)) }
}
