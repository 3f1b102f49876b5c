"""What tests of the domain and of the ports are written with."""
