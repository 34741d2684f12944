import ChainRule
import Foundation

/// A pole on a cart that is pushed left or right: the equations of motion of Barto, Sutton and Anderson (1983), by Euler's method in steps of
/// 0.02 s. An episode ends when the pole leans more than 12 degrees, when the cart leaves the track, or after 200 steps.
struct CartPole {
  /// Position, velocity, angle and angular velocity.
  private(set) var state: [Double] = []
  private(set) var steps = 0

  mutating func reset() {
    state = (Tensor.rand(4) * 0.1 - 0.05).array(of: Double.self)
    steps = 0
  }

  /// Pushes the cart, to the right for 1: whether it fell, and whether the episode has ended.
  mutating func step(_ action: Int) -> (fell: Bool, isOver: Bool) {
    let (v, angle, spin) = (state[1], state[2], state[3])
    let force = action == 1 ? 10.0 : -10.0
    let push = (force + 0.05 * spin * spin * sin(angle)) / 1.1
    let inertia = 0.5 * (4.0 / 3.0 - 0.1 * cos(angle) * cos(angle) / 1.1)
    let turn = (9.8 * sin(angle) - cos(angle) * push) / inertia
    let slide = push - 0.05 * turn * cos(angle) / 1.1
    state = [state[0] + 0.02 * v, v + 0.02 * slide, angle + 0.02 * spin, spin + 0.02 * turn]
    steps += 1
    let fell = abs(state[0]) > 2.4 || abs(state[2]) > 12 * Double.pi / 180
    return (fell, fell || steps == 200)
  }
}
