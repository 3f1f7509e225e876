"""The session port between a call and whoever runs its models: choosing models, configuring sessions, prices."""
