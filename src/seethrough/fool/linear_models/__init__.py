"""Linear classifiers, whoever made them, as weights and biases; and the least moves across their boundaries."""
