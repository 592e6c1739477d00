"""Forecasts of where a period ends, judged by how they would have done before. Pure: no Django, no clock."""
