public import ChainRule

/// What went wrong between several ranks, or on the way to a world of them.
public struct DistributedError: ChainRuleError {
  /// What kind of fault it is.
  public enum Kind: Sendable, Equatable {
    /// No world could be joined: no library, or not the launcher's.
    case start
    /// The ranks call different operations, or with other sizes or types.
    case disagreement
    /// MPI reported an error.
    case communication
    /// Another rank failed.
    case otherRank
  }

  /// What kind of fault it is.
  public let kind: Kind
  /// The sentence, with the rank, the operation and the step.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
