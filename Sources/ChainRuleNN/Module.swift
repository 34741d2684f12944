public import ChainRule

/// A part of a network: stored leaves are its parameters.
public protocol Module: AnyObject {}
