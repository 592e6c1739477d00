"""Settings by place: `local` (the default), `production`, `test`; what they share is in `base`."""
