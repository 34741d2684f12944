public import ChainRule

/// Changes parameters along their gradients.
public protocol Optimizer: AnyObject {}
