"""What lies outside this process: variables of the environment as they are meant, proxies, and HTTP through them."""
