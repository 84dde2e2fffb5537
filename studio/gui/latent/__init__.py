"""The Latent tab."""
