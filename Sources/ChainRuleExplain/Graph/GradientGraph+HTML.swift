extension GradientGraph {
  /// A page of its own that steps through the graph.
  public func html(direction: LayoutOptions.Direction = .right, limit: Int = 150) throws(LayoutError) -> String { "" }
}
