"""Model providers: the session port that each implements, the choice of models, configuring sessions, and prices."""
