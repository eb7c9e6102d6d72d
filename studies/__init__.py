"""Long studies of the shipped model, run by hand; none is part of the tests."""
