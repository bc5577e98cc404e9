"""The handwritten service: what the generated interface asks for, and the wiring around it (see backend/CLAUDE.md)."""
