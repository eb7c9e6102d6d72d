"""Reading of evidence, mechanisms, claims, drugs and tumours, with line numbers."""
