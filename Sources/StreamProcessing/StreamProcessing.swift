// StreamProcessing
