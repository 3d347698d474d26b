"""What subscribers are told, and how a mail is made and handed over."""
