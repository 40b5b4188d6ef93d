// AWSLambdaJSON
