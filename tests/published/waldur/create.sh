http \
  POST \
  https://api.example.com/api/payments/ \
  Authorization:"Token YOUR_API_TOKEN" \
  profile="https://api.example.com/api/profile/a1b2c3d4-e5f6-7890-abcd-ef1234567890/" \
  date_of_payment="2023-10-01"
