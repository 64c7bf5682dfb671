"""The provider `local`: a control plane on loopback."""
