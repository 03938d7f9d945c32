"""Local control: Kaplan–Meier, log-rank, Cox, competing risks; what was published beside what corrects it."""
