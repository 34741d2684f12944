import ChainRule

extension OperatorTable {
  /// Convolutions, pools, normalisations, attention and losses.
  static let network: Family = [:]
}
